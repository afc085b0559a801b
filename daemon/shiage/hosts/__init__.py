"""Getting the plugins into their hosts: packaging and installing."""
