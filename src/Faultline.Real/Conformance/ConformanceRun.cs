using Faultline.Kernel.Programs;
using Faultline.Real.Agent;
using Faultline.Real.Lab;

namespace Faultline.Real.Conformance;

/// <summary>Runs tests of one thread on a guest's kernel and records what it shows.</summary>
/// <param name="guest">The guest.</param>
/// <param name="filesystem"><c>ext4</c> or <c>xfs</c>.</param>
/// <param name="views">The guest's folder on that filesystem, seen through the agent.</param>
public sealed class ConformanceRun(Guest guest, string filesystem, GuestViews views)
{
    private const int Batch = 250, ShrinkRounds = 60;

    /// <summary>Mounts a filesystem and puts the agent in the guest.</summary>
    public static async Task<ConformanceRun> Start(Guest guest, string filesystem, CancellationToken cancellation)
    {
        await AgentBinary.Put(guest.Share, cancellation);
        string folder = await guest.Mount(filesystem, reflink: false, cancellation);
        return new ConformanceRun(guest, filesystem, new GuestViews(guest, folder));
    }

    /// <summary>The rows, then random tests.</summary>
    /// <param name="seed">The same seed gives the same tests.</param>
    /// <param name="count">How many random ones.</param>
    public static IReadOnlyList<(string Name, Sequence Sequence)> Tests(int seed, int count)
    {
        var generator = new SequenceGenerator(seed);
        var tests = Rows.All.ToList();
        for (int i = 0; i < count;)
        {
            Sequence next = generator.Next();
            if (next.Compile("random") is not null)
            {
                tests.Add(($"random-{seed}-{++i}", next));
            }
        }

        return tests;
    }

    /// <summary>Runs the rows and holds what the agent sees of the page tables against QEMU's <c>info tlb</c>.</summary>
    /// <returns>How many pages were compared.</returns>
    /// <exception cref="LabException">They differ.</exception>
    public Task<int> CheckViews(CancellationToken cancellation) =>
        views.CheckAgainstMonitor([.. Rows.All.Select(row => row.Sequence.Compile(row.Name)!)], cancellation);

    /// <summary>Runs tests.</summary>
    /// <param name="tests">The tests.</param>
    /// <param name="command">The command, for the recording.</param>
    /// <param name="progress">Is told how many are done.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<Recording> Run(
        IReadOnlyList<(string Name, Sequence Sequence)> tests, string command, Action<int> progress, CancellationToken cancellation)
    {
        var recorded = new List<RecordedTest>();
        foreach ((string Name, Sequence Sequence)[] batch in tests.Chunk(Batch))
        {
            UserProgram[] programs = [.. batch.Select(t => t.Sequence.Compile(t.Name)!)];
            IReadOnlyList<IReadOnlyList<string>> seen = await views.Run(programs, cancellation);
            recorded.AddRange(batch.Zip(seen, (t, lines) => new RecordedTest(t.Name, t.Sequence, lines)));
            progress(recorded.Count);
        }

        return new Recording(command, guest.Kernel.Release, guest.Kernel.Package, filesystem, recorded);
    }

    /// <summary>The smallest test that still differs, by leaving out one part after another.</summary>
    /// <param name="test">A test that differs.</param>
    /// <param name="recording">The recording that it is in.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<RecordedTest> Shrink(RecordedTest test, Recording recording, CancellationToken cancellation)
    {
        for (int round = 0; round < ShrinkRounds; round++)
        {
            List<(string, Sequence)> smaller =
                [.. test.Sequence.Smaller().Where(s => s.Compile(test.Name) is not null).Select(s => (test.Name, s))];
            Recording tried = await Run(smaller, recording.Command, _ => { }, cancellation);
            RecordedTest? better = tried.Tests.FirstOrDefault(t => tried.Compare(t, recording.Model!).Difference >= 0);
            if (better is null)
            {
                return test;
            }

            test = better;
        }

        return test;
    }
}
