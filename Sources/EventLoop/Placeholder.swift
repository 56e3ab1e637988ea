// The module EventLoop begins here.
