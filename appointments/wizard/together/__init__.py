"""«Varias citas»: the basket in the address, where and when, its plans, and the one that is kept."""
