// The module Configuration begins here.
