using Faultline.Engine.Coroutines;
using Faultline.Engine.State;
using Faultline.Engine.Sync;

namespace Faultline.Engine.Tests;

/// <summary>
/// The peers' yardstick (three-counters.pml): threads that each increment one shared word by a read and a write, without a lock.
/// Three threads and ten rounds have 14,161,794 states.
/// </summary>
public sealed class ThreeCounters : Model
{
    private static readonly Word<int> Counter = new(0);
    private readonly Layout layout = new();

    public ThreeCounters(int threads, int rounds)
    {
        Threads = threads;
        Rounds = rounds;
        layout.Add("x", 1, WordKind.Visible);
    }

    public int Rounds { get; }

    public int Smallest { get; private set; } = int.MaxValue;

    public override Layout Layout => layout;

    public override int Threads { get; }

    public override int StackBytes => 256;

    public override void Initialise(Execution execution)
    {
    }

    public override IReadOnlyList<IReadOnlyList<int>> Interchangeable => [[.. Enumerable.Range(0, Threads)]];

    public override Call Start(int thread) => Body(Rounds);

    public override void CheckEnd(Execution execution) => Smallest = Math.Min(Smallest, Counter.Raw);

    private static async Call Body(int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            await Increment();
        }
    }

    private static async Call Increment()
    {
        int value = await Counter.ReadOnce();
        await Counter.Write(value + 1);
    }
}
