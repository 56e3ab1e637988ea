// The tests of FeatureKit begin here.
