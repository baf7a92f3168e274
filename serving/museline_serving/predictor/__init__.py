"""The predictor: one signed checkpoint behind KServe's protocols and the OpenAI chat API.

`python -m museline_serving.predictor --help` lists its options.
"""
