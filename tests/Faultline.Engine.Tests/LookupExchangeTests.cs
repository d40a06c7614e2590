using Faultline.Engine.Search;

namespace Faultline.Engine.Tests;

/// <summary>Workers that share a visited set by asking each other.</summary>
public sealed unsafe class LookupExchangeTests
{
    private const ulong Spread = 0x9E3779B97F4A7C15;

    /// <summary>Whoever asks, and whoever answers: each fingerprint is new once.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EachFingerprintIsNewOnce(bool numbered)
    {
        const int workers = 3, fingerprints = 100_000;
        using var visited = new VisitedSet(numbered, workers);
        using var exchange = new LookupExchange(visited, workers, numbered);
        long added = 0;
        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, worker =>
        {
            LookupChannel[] asked = exchange.Of(worker);
            for (ulong i = 1; i <= fingerprints; i++)
            {
                LookupChannel channel = asked[visited.PartOf(i * Spread)];
                if (LookupBatch.Add(channel.Filling, null, null, null, i * Spread))
                {
                    channel.Send();
                }

                while (channel.IsFull)
                {
                    TakeAll(worker, asked);
                }
            }

            while (asked.Any(channel => !channel.IsEmpty))
            {
                TakeAll(worker, asked);
            }
        });
        Assert.Equal(fingerprints, added);
        Assert.Equal(fingerprints, visited.Count);

        void TakeAll(int worker, LookupChannel[] asked)
        {
            for (int part = 0; part < workers; part++)
            {
                exchange.Answer(part); // any may answer in another's place
                if (asked[part].HasRoom)
                {
                    asked[part].Send();
                }

                for (LookupBatch* batch = asked[part].Take(); batch != null; batch = asked[part].Take())
                {
                    Interlocked.Add(ref added, System.Numerics.BitOperations.PopCount(batch->IsNew));
                    asked[part].TakeBack();
                }
            }
        }
    }

    /// <summary>Nobody answers while somebody holds the part, and what was asked is not lost.</summary>
    [Fact]
    public void APartThatIsHeldAnswersLater()
    {
        using var visited = new VisitedSet(numbered: true, parts: 2);
        using var exchange = new LookupExchange(visited, 2, numbered: true);
        LookupChannel channel = exchange.Of(0)[1];
        Assert.False(LookupBatch.Add(channel.Filling, null, null, null, ulong.MaxValue));
        Assert.False(LookupBatch.Add(channel.Filling, null, null, null, ulong.MaxValue));
        channel.Send();
        Assert.True(visited.TryHold(1));
        exchange.Answer(1);
        exchange.Answer(1);
        Assert.True(channel.Take() == null);
        Assert.False(channel.IsEmpty);
        visited.Release(1);
        exchange.Answer(1);
        exchange.Answer(1);
        LookupBatch* answer = channel.Take();
        Assert.True(answer != null);
        Assert.Equal(2, answer->Count);
        Assert.Equal(1UL, answer->IsNew);
        Assert.Equal(answer->Numbers[0], answer->Numbers[1]);
        channel.TakeBack();
        Assert.True(channel.IsEmpty);
    }
}
