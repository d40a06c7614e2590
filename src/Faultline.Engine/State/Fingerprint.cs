using System.IO.Hashing;

namespace Faultline.Engine.State;

/// <summary>64-bit fingerprints of parts of a state, and what they can hide.</summary>
public static unsafe class Fingerprint
{
    /// <summary>Fingerprint of some bytes.</summary>
    public static ulong Of(byte* bytes, int count) => XxHash3.HashToUInt64(new ReadOnlySpan<byte>(bytes, count));

    /// <summary>Puts a part's fingerprint to those before it; order matters.</summary>
    public static ulong Combine(ulong hash, ulong part)
    {
        ulong high = Math.BigMul(hash ^ 0x9E3779B97F4A7C15UL, part ^ 0xD6E8FEB86659FD93UL, out ulong low);
        return high ^ low ^ (hash << 1);
    }

    /// <summary>
    /// Upper bound on the probability that two of <paramref name="states"/> states share a fingerprint, so that one was taken for
    /// visited and its successors may be missing (birthday bound, n(n-1)/2 pairs over 2^64).
    /// </summary>
    public static double CollisionProbability(long states) => states * (states - 1.0) / 2 / Math.Pow(2, 64);
}
