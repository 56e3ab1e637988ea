// The module Hub begins here.
