using Faultline.Engine.State;

namespace Faultline.Engine.Search;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). Not <see cref="Random"/>, whose sequence may differ between releases of .NET: a seed in
/// a report must draw the same schedules later.
/// </summary>
/// <param name="seed">The seed of the run.</param>
/// <param name="stream">The number of the schedule: each draws from a stream of its own.</param>
internal struct SeededRandom(ulong seed, ulong stream)
{
    private const ulong Gamma = 0x9E3779B97F4A7C15UL;

    private ulong state = Fingerprint.Mix(seed) + (Fingerprint.Mix(stream ^ 0xD1B54A32D192ED03UL) * Gamma);

    /// <summary>The next 64 bits.</summary>
    public ulong Next() => Fingerprint.Mix(state += Gamma);

    /// <summary>A number from 0 up to, not including, <paramref name="bound"/>; all equally likely, but for less than 2^-50.</summary>
    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);
}
