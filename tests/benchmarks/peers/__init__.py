"""What people write by hand, measured by the same load: the same IVR on the frameworks they use."""
