// The module Persistence begins here.
