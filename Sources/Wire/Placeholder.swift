// The module Wire begins here.
