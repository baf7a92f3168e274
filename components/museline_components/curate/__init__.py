"""Curates examples: clean, label, score, deduplicate, route and decontaminate, on Ray Data."""
