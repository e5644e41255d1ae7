"""Review: people judge triples one by one; what they do is kept as events beside the dataset and gives gold, verdicts and statistics."""
