"""What is planned and what it conflicts with: shapes, heights, windows, rules, and the judging of them. Knows no officer."""
