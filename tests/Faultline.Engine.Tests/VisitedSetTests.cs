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
    public void AddsWhatALibrarySetAdds() => Gen.Select(Fingerprints.Array[0, 400], Gen.Bool).Sample(
        (fingerprints, numbered) =>
        {
            using var set = new VisitedSet(numbered);
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

    /// <summary>Many at once, or one by one: the same are new, and the same numbers are given.</summary>
    [Fact]
    public unsafe void ManyAtOnceAreAddedAsOneByOne() => Gen.Select(Fingerprints.Array[0, 64].Array[0, 12], Gen.Bool).Sample(
        (batches, numbered) =>
        {
            using var oneByOne = new VisitedSet(numbered);
            using var together = new VisitedSet(numbered);
            uint* numbers = stackalloc uint[64];
            foreach (ulong[] batch in batches)
            {
                fixed (ulong* fingerprints = batch)
                {
                    ulong isNew = together.Add(fingerprints, batch.Length, 0, numbers);
                    for (int i = 0; i < batch.Length; i++)
                    {
                        Assert.Equal(oneByOne.Add(batch[i], out uint number), ((isNew >> i) & 1) != 0);
                        Assert.True(!numbered || number == numbers[i]);
                    }
                }

                Assert.Equal(oneByOne.Count, together.Count);
            }
        },
        iter: 3_000,
        threads: 1);

    /// <summary>Whatever its size, a state costs less than 16 bytes; a number costs half as much again.</summary>
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(false, 3)]
    [InlineData(true, 3)]
    public void GrowsByLittleAndKeepsEverything(bool numbered, int parts)
    {
        const ulong spread = 0x9E3779B97F4A7C15;
        using var set = new VisitedSet(numbered, parts);
        for (ulong i = 1; i <= 1_000_000; i++)
        {
            Assert.True(set.Add(i * spread));
            if (i >= 50_000 && (i & 0xfff) == 0)
            {
                Assert.InRange((double)set.Bytes / i, 8, numbered ? 24 : 16);
            }
        }

        var numbers = new HashSet<uint>();
        for (ulong i = 1; i <= 1_000_000; i++)
        {
            Assert.False(set.Add(i * spread, out uint number));
            numbers.Add(number);
        }

        Assert.Equal(numbered ? 1_000_000 : 1, numbers.Count);
        Assert.All(numbers, n => Assert.InRange(n, 0, Math.Max(set.NumberBound - 1, 0)));
        Assert.Equal(1_000_000, set.Count);
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

    /// <summary>Whether one thread or several go on with a checkpoint of one or of several.</summary>
    [Theory]
    [InlineData(1, 4)]
    [InlineData(4, 1)]
    [InlineData(4, 4)]
    [InlineData(2, 3)]
    [InlineData(1, 1)]
    public void NumbersGivenAfterACheckpointAreNew(int before, int after)
    {
        var numbers = new HashSet<uint>();
        using var first = new VisitedSet(numbered: true, before);
        using var second = new VisitedSet(numbered: true, after);
        Add(first, 1);
        first.ForEach(second.Restore);
        Add(second, 2);
        Assert.Equal(60_000, numbers.Count);
        Assert.All(numbers, n => Assert.InRange(n, 0L, second.NumberBound - 1));

        void Add(VisitedSet set, ulong seed)
        {
            for (ulong i = 1; i <= 30_000; i++)
            {
                Assert.True(set.Add((2 * i + seed) * 0x9E3779B97F4A7C15UL, out uint number));
                numbers.Add(number);
            }
        }
    }
}
