"""What another party's program uses: signs locally, sends, and verifies what it is told against checkpoints."""
