// The module Crypto begins here.
