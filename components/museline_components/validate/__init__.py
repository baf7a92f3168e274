"""validate: Great Expectations suites over a data set; a failing batch stops the run."""
