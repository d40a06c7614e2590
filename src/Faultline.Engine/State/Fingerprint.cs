using System.IO.Hashing;
using System.Runtime.CompilerServices;

namespace Faultline.Engine.State;

/// <summary>64-bit fingerprints of parts of a state, and what they can hide.</summary>
/// <remarks>
/// A state's fingerprint is the exclusive or of one part for each word and one for each thread (Zobrist hashing), so that a step changes
/// it by what the step itself changes. Its upper <see cref="HomeBits"/> bits say its home: they come from one thread alone, so that a step
/// mostly leads to a state of the same home. Workers that share a search by homes then seldom need each other (Lerda and Sisto 1999).
/// </remarks>
public static unsafe class Fingerprint
{
    /// <summary>Upper bits of a state's fingerprint that say its home.</summary>
    public const int HomeBits = 3;

    private const ulong Below = ulong.MaxValue >> HomeBits;
    private const ulong First = 0x9E3779B97F4A7C15UL;
    private const ulong Second = 0xBF58476D1CE4E5B9UL;
    private const ulong Third = 0x94D049BB133111EBUL;

    /// <summary>Fingerprint of some bytes.</summary>
    public static ulong Of(byte* bytes, int count) => XxHash3.HashToUInt64(new ReadOnlySpan<byte>(bytes, count));

    /// <summary>A word's part in the fingerprint of a state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong OfWord(int index, int value) => Mix((((ulong)(uint)(index + 1) << 32) | (uint)value) * First) & Below;

    /// <summary>A thread's part in the fingerprint of a state.</summary>
    /// <param name="thread">Its number.</param>
    /// <param name="local">Fingerprint of its local state.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong OfThread(int thread, ulong local) => Mix((local ^ ((ulong)(thread + 1) * Third)) * First) & Below;

    /// <summary>A state's home, in the upper bits.</summary>
    /// <param name="local">Fingerprint of the local state of the thread that it depends on.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong OfHome(ulong local) => Mix(local * First) & ~Below;

    /// <summary>A fingerprint with its upper bits replaced by a home.</summary>
    public static ulong WithHome(ulong fingerprint, ulong home) => (fingerprint & Below) | home;

    /// <summary>Puts a part's fingerprint to those before it; order matters.</summary>
    public static ulong Combine(ulong hash, ulong part)
    {
        ulong high = Math.BigMul(hash ^ First, part ^ 0xD6E8FEB86659FD93UL, out ulong low);
        return high ^ low ^ (hash << 1);
    }

    /// <summary>
    /// Upper bound on the probability that two of <paramref name="states"/> states share a fingerprint, so that one was taken for
    /// visited and its successors may be missing: birthday bound, n(n-1)/2 pairs over 2^61, as if all had one home. (Those of different homes share
    /// none; but which states have the same one may change from process to process.)
    /// </summary>
    public static double CollisionProbability(long states) => states * (states - 1.0) / 2 / Math.Pow(2, 64 - HomeBits);

    /// <summary>The end of Steele, Lea and Flood's SplitMix64: two values that differ in one bit differ in half of the bits of what comes out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * Second;
        value = (value ^ (value >> 27)) * Third;
        return value ^ (value >> 31);
    }
}
