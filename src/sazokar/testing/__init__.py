"""What tests of others may use: an independent oracle of separation, the contract that every log must pass."""
