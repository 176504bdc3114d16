"""What is true: shapes, heights, instants, volumes, rules, conflicts, proposals. Reads no file and no clock."""
