"""featurize: prompts of table examples filled by features as of their time, through Feast."""
