using Faultline.Engine.Search;
using Faultline.Engine.State;

namespace Faultline.Engine.Tests;

/// <summary>Workers that hand states over to each other.</summary>
public sealed unsafe class StateExchangeTests
{
    private const int StateBytes = 64;

    [Fact]
    public void EveryStateArrivesOnceAndWhole()
    {
        const uint states = 200_000;
        using var channel = new StateChannel(StateBytes);
        using var here = new StatePool(StateBytes);
        using var there = new StatePool(StateBytes);
        using var arrived = new StateStack();
        var sender = new Thread(() =>
        {
            byte* state = here.Take();
            for (uint number = 0; number < states; number++)
            {
                StatePool.NoteOf(state)->Number = number;
                new Span<uint>(state, StateBytes / sizeof(uint)).Fill(number);
                while (!channel.TryPut(state))
                {
                    channel.Send();
                }

                if (number % 7 == 0)
                {
                    channel.Send();
                }
            }

            channel.Send();
        });
        sender.Start();
        for (uint next = 0; next < states;)
        {
            channel.Take(there, arrived);
            uint expected = next += (uint)arrived.Count;
            while (arrived.Count > 0)
            {
                byte* state = arrived.Pop(); // the newest first
                Assert.Equal(--expected, StatePool.NoteOf(state)->Number);
                Assert.Equal(-1, new Span<uint>(state, StateBytes / sizeof(uint)).IndexOfAnyExcept(expected));
                there.Give(state);
            }
        }

        sender.Join();
        Assert.True(channel.IsEmpty);
        Assert.Equal(0, channel.Count);
    }

    [Fact]
    public void OneThatIsFullTakesNoMoreUntilSomethingIsTaken()
    {
        using var channel = new StateChannel(StateBytes);
        using var pool = new StatePool(StateBytes);
        using var arrived = new StateStack();
        byte* state = pool.Take();
        int room = 0;
        while (channel.TryPut(state))
        {
            room++;
        }

        Assert.Equal(room, channel.Count);
        Assert.True(channel.IsEmpty); // nothing was sent
        channel.Send();
        channel.Take(pool, arrived);
        Assert.Equal(room, arrived.Count);
        Assert.True(channel.TryPut(state));
    }

    /// <summary>One sleeps, is handed a state, and is woken by the other that has nothing left; then both are at the end.</summary>
    [Fact]
    public void OneThatSleepsIsWokenForWhatItWasSent()
    {
        using var exchange = new StateExchange(2, StateBytes);
        using var pool = new StatePool(StateBytes);
        var frontier = new SharedFrontier(2, exchange);
        int taken = 0;
        bool wasWoken = false, wentOn = true;
        var sleeper = new Thread(() =>
        {
            using var waiting = new StateStack();
            wasWoken = frontier.Take(waiting, 1);
            exchange.Between(0, 1).Take(pool, waiting);
            taken = waiting.Count;
            wentOn = frontier.Take(waiting, 1);
        });
        sleeper.Start();
        Assert.True(SpinWait.SpinUntil(() => frontier.IsHungry, TimeSpan.FromSeconds(30)));
        using var own = new StatePool(StateBytes);
        using var none = new StateStack();
        Assert.True(exchange.Between(0, 1).TryPut(own.Take()));
        exchange.Between(0, 1).Send();
        bool first = true;
        var other = new Thread(() => first = frontier.Take(none, 0));
        other.Start();
        bool bothEnded = sleeper.Join(TimeSpan.FromSeconds(30)) && other.Join(TimeSpan.FromSeconds(30));
        frontier.End();
        Assert.Equal((true, true, 1, false, false), (bothEnded, wasWoken, taken, wentOn, first));
    }

    /// <summary>Only one thread's local state decides where a state belongs.</summary>
    [Fact]
    public void TheHomeIsThatOfOneThread()
    {
        var shape = new VectorShape(words: 8, threads: 3);
        for (uint i = 0; i < 1000; i++)
        {
            Assert.Equal(0UL, HomeOf(Fingerprint.OfWord((int)i % 8, (int)i)));
            Assert.Equal(0UL, HomeOf(shape.FingerprintOfThread(0, i)));
            Assert.Equal(0UL, HomeOf(shape.FingerprintOfThread(1, i)));
        }

        Assert.Equal(1 << Fingerprint.HomeBits, Enumerable.Range(0, 1000).Select(i => HomeOf(shape.FingerprintOfThread(2, (uint)i))).Distinct().Count());
    }

    private static ulong HomeOf(ulong fingerprint) => fingerprint >> (64 - Fingerprint.HomeBits);
}
