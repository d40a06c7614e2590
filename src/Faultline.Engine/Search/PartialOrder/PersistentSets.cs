using System.Numerics;
using Faultline.Engine.State;

namespace Faultline.Engine.Search.PartialOrder;

/// <summary>
/// Which threads need to be run from a state. A set of threads is persistent when nothing that the others can do, as long as those of
/// the set do not move, depends on the next transitions of the set: then the others' transitions lose nothing by waiting. What the
/// others can do is known from what threads were seen to do (<see cref="LocalGraph"/>); each use of that knowledge is noted, and a
/// search holds only if all of it still stands at its end. For one worker.
/// </summary>
/// <param name="graph">What is known.</param>
/// <param name="collapse">The parts of threads.</param>
/// <param name="threads">Number of threads.</param>
internal sealed unsafe class PersistentSets(LocalGraph graph, Collapse collapse, int threads) : IDisposable
{
    private const int Unknown = -1;
    private const ulong Spread = 0x9E3779B97F4A7C15UL; // the table goes by the lower half, which in a pair is one place only
    private const ulong Unspread = 0xF1DE83E19937733DUL; // its inverse
    private readonly int[] alternatives = new int[Layout.MaxThreads];
    private readonly int[] places = new int[Layout.MaxThreads];
    private readonly int[] wakers = new int[Layout.MaxThreads]; // who may let a thread go on
    private readonly int[] holders = new int[Layout.MaxThreads]; // of the lock that it waits for
    private int[] placeOf = new int[64]; // of each part of each thread, and one more; 0: not looked up yet
    private FingerprintTable used = FingerprintTable.Create(8, numbered: false);
    private int live;

    /// <summary>Calls back for each pair of places that was taken to be independent: the mover's, and the other's.</summary>
    public void ForEachClaim(Action<int, int> visit) =>
        used.ForEach((claim, _) =>
        {
            ulong pair = BitOperations.RotateRight(claim, 32) * Unspread;
            visit((int)(pair >> 32) - 1, (int)(uint)pair);
        });

    /// <summary>Writes what was relied on.</summary>
    public void Save(BinaryWriter writer)
    {
        writer.Write(used.Count);
        used.ForEach((pair, _) => writer.Write(pair));
    }

    /// <summary>Adds what <see cref="Save"/> wrote.</summary>
    public void Load(BinaryReader reader)
    {
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            uint none = 0;
            used.Add(reader.ReadUInt64(), ref none);
        }
    }

    /// <summary>The threads to run from a state, a bit each.</summary>
    public int Choose(byte* state)
    {
        int enabled = Look(state);
        if (BitOperations.PopCount((uint)enabled) < 2)
        {
            return enabled;
        }

        int best = enabled, fewest = TransitionsOf(enabled), bestSet = live;
        for (int thread = 0; thread < threads && fewest > 1; thread++)
        {
            if ((enabled & (1 << thread)) == 0)
            {
                continue;
            }

            int set = Close(1 << thread, enabled);
            if (set != live && TransitionsOf(set & enabled) < fewest)
            {
                best = set & enabled;
                bestSet = set;
                fewest = TransitionsOf(best);
            }
        }

        NoteClaims(bestSet, enabled);
        return best;
    }

    /// <inheritdoc/>
    public void Dispose() => used.Free();

    private int Look(byte* state)
    {
        int enabled = 0;
        live = 0;
        for (int thread = 0; thread < threads; thread++)
        {
            int part = collapse.PartsOf(state)[thread];
            ref ThreadPart next = ref collapse[part];
            int value = ((int*)state)[next.Word];
            places[thread] = PlaceOf(part, thread, next.Fingerprint);
            alternatives[thread] = Execution.Enabled(next.Kind, value, next.Alternatives, thread);
            wakers[thread] = Execution.MayEnable(next.Kind, value);
            holders[thread] = Execution.HoldersOf(next.Kind, value);
            enabled |= alternatives[thread] > 0 ? 1 << thread : 0;
            live |= next.Kind is StepKind.Done or StepKind.Halted ? 0 : 1 << thread;
        }

        return enabled;
    }

    private int PlaceOf(int part, int thread, ulong fingerprint)
    {
        int at = (part * threads) + thread;
        if (at >= placeOf.Length)
        {
            Array.Resize(ref placeOf, Math.Max(at + 1, placeOf.Length * 2));
        }

        if (placeOf[at] == 0)
        {
            placeOf[at] = graph.Find(LocalState.KeyOf(fingerprint, thread)) + 2;
        }

        return placeOf[at] - 2;
    }

    private int TransitionsOf(int threads)
    {
        int sum = 0;
        for (; threads != 0; threads &= threads - 1)
        {
            sum += alternatives[BitOperations.TrailingZeroCount(threads)];
        }

        return sum;
    }

    // The smallest persistent set that contains these threads, or all of them.
    private int Close(int set, int enabled)
    {
        for (int done = 0; done != set && set != live;)
        {
            int thread = BitOperations.TrailingZeroCount(set & ~done);
            done |= 1 << thread;
            if ((enabled & (1 << thread)) == 0)
            {
                set |= wakers[thread] & live;
                continue;
            }

            if (places[thread] == Unknown || graph.IsLoopHead(places[thread]))
            {
                return live;
            }

            for (int others = live & ~set; others != 0; others &= others - 1)
            {
                int other = BitOperations.TrailingZeroCount(others);
                if (!IsHeldBack(other, set) && !Independent(thread, other))
                {
                    set |= 1 << other;
                }
            }
        }

        return set;
    }

    private bool Independent(int mover, int other) =>
        places[other] != Unknown && graph.AreIndependent(places[mover], places[other]);

    // It waits for a lock that a thread of the set holds.
    private bool IsHeldBack(int thread, int set) =>
        alternatives[thread] == 0 && (holders[thread] & set) != 0;

    private void NoteClaims(int set, int enabled)
    {
        if (set == live)
        {
            return;
        }

        for (int movers = set & enabled; movers != 0; movers &= movers - 1)
        {
            int mover = BitOperations.TrailingZeroCount(movers);
            for (int others = live & ~set; others != 0; others &= others - 1)
            {
                int other = BitOperations.TrailingZeroCount(others);
                if (!IsHeldBack(other, set))
                {
                    uint none = 0;
                    ulong pair = ((ulong)(places[mover] + 1) << 32) | (uint)places[other];
                    used.Add(BitOperations.RotateLeft(pair * Spread, 32), ref none);
                }
            }
        }
    }
}
