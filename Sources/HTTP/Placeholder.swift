// The module HTTP begins here.
