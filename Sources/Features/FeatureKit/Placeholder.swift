// The module FeatureKit begins here.
