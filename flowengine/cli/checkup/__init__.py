"""What `flowengine doctor` looks at: each module has checks of one part of a deployment."""
