"""What is provable of bytes: canonical form, signatures, the Merkle tree, checkpoints. Knows no party and no plan."""
