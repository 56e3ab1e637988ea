// The module Telemetry begins here.
