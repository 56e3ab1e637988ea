/// What counts as staying and as travelling. The same for everybody and for all time: records that were made under other
/// rules would have to be made again.
package struct JourneyRules: Hashable, Sendable {
    /// Who keeps within so many metres of where they came to does not travel.
    package var stayRadius = 100.0
    /// Seconds within that radius that make a stay.
    package var stayTime = 300.0
    /// Two points further apart in time, in seconds, have a silence between them: nobody saw what happened there.
    package var silence = 600.0
    /// Metres a second. Who was further away after a silence than this makes of it travelled in it; everybody else has
    /// stayed, for devices that lie still report seldom.
    package var silentPace = 1.0
    /// The least metres of a trip; less is noise.
    package var tripDistance = 250.0
    /// The least seconds of a trip.
    package var tripTime = 60.0
    /// A point that was reached and left again by more metres than this, each way faster than ``spikePace``, and whose
    /// neighbours lie at most half as far from each other as from it, is an error of the receiver.
    package var spikeDistance = 200.0
    /// Metres a second.
    package var spikePace = 30.0
    /// How many metres a trip's path may lie beside where it went, while it has few corners.
    package var pathTolerance = 10.0
    /// The most corners of a path; with more, its tolerance is doubled.
    package var pathCorners = 1000
    /// The most corners near one place that may be the next stay.
    package var pathCornersNearby = 256

    package init() {}
}
