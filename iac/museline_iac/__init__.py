"""Infrastructure as code: Pulumi stacks for GPU node pools and the platform."""
