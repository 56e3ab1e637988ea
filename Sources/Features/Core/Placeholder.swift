// The module Core begins here.
