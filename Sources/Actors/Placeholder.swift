// The module Actors begins here.
