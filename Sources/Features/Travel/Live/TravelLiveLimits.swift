/// What working in live locations is bounded by.
struct TravelLiveLimits: Hashable, Sendable {
    /// How long a location waits for others of its device, so that they are worked in together. Default 60 s.
    var longestDelay = Duration.seconds(60)
    /// So many of a device do not wait. Default 600.
    var batch = 600
    /// Between two looks at what waits. Default 1 s.
    var period = Duration.seconds(1)
    /// Devices of which something may wait. What comes of others then is looked for in Postgres later. Default 200,000, some
    /// 25 MB.
    var devices = 200_000
    /// Readings kept in memory, of the people who reported last. Others are read again from their last landmark but one.
    /// Default 20,000: some 40 MB of people who are at places, 200 MB of people who are all on long ways.
    var readings = 20_000
    /// Readings that were not used for so long are not kept. Default one hour.
    var readingAge = Duration.seconds(3600)
    /// So long at most others wait while one person's points are worked in; what is left then stays marked. Default 2 s.
    var longestTurn = Duration.seconds(2)
    /// People whose points are worked in at the same time. Default 4.
    var workers = 4
    /// Between two signs of a hub's life. Default 10 s.
    var beat = Duration.seconds(10)
    /// After so many seconds without one a hub is gone, and another one takes care of what it left. Default 30.
    var silence = 30
    /// Receivers that are worse, in metres, say nothing of where somebody is; as in the statement that reads tracks.
    var worstAccuracy = 500.0
}
