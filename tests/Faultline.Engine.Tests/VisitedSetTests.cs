using CsCheck;
using Faultline.Engine.Search;

namespace Faultline.Engine.Tests;

/// <summary>The visited set against a set of the library.</summary>
public sealed class VisitedSetTests
{
    // Few distinct values, many with the same low bits, so that places collide and probing wraps around.
    private static readonly Gen<ulong> Fingerprints = Gen.Frequency(
        (3, Gen.ULong),
        (3, Gen.ULong[0, 40]),
        (2, Gen.ULong[0, 20].Select(high => (high << 40) | 0xfff)),
        (1, Gen.ULong[0, 3].Select(back => ulong.MaxValue - back)));

    [Fact]
    public void AddsWhatALibrarySetAdds() => Gen.Select(Fingerprints.Array[0, 400], Gen.Int[0, 6], Gen.Bool).Sample(
        (fingerprints, bits, numbered) =>
        {
            using var set = new VisitedSet(numbered, bits);
            var reference = new Dictionary<ulong, uint>();
            foreach (ulong fingerprint in fingerprints)
            {
                ulong stored = Math.Max(fingerprint, 1);
                bool isNew = reference.TryAdd(stored, (uint)reference.Count);
                Assert.Equal(isNew, set.Add(fingerprint, out uint number));
                if (numbered)
                {
                    Assert.Equal(reference[stored], number);
                }

                Assert.Equal(reference.Count, set.Count);
            }

            var all = new Dictionary<ulong, uint>();
            set.ForEach(all.Add);
            Assert.Equal(reference.Keys.Order(), all.Keys.Order());
            Assert.True(!numbered || reference.All(pair => all[pair.Key] == pair.Value));
        },
        iter: 3_000,
        threads: 1);

    [Fact]
    public void GrowsAtThreeQuartersAndKeepsEverything()
    {
        const ulong spread = 0x9E3779B97F4A7C15;
        using var set = new VisitedSet(numbered: true, bits: 4);
        long before = set.Bytes;
        for (ulong i = 1; i <= 12; i++)
        {
            set.Add(i * spread);
        }

        Assert.Equal(before, set.Bytes);
        set.Add(unchecked(13 * spread));
        Assert.Equal(2 * before, set.Bytes);
        for (ulong i = 1; i <= 100_000; i++)
        {
            Assert.Equal(i > 13, set.Add(i * spread, out uint number));
            Assert.Equal((uint)i - 1, number);
        }

        Assert.InRange(set.Count, set.Bytes / 12 / 4, set.Bytes / 12 * 3 / 4);
    }

    /// <summary>Zero marks a free place; a state with that fingerprint is kept all the same (as one).</summary>
    [Fact]
    public void AZeroFingerprintIsKept()
    {
        using var set = new VisitedSet();
        Assert.True(set.Add(0));
        Assert.False(set.Add(0));
        Assert.False(set.Add(1));
        Assert.Equal(1, set.Count);
    }
}
