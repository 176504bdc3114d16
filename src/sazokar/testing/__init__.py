"""What tests of others may use: an independent oracle of separation."""
