using System.Diagnostics;
using Faultline.Engine.Search;
using Faultline.Engine.Search.Optimal;
using Faultline.Engine.Tests;
using Faultline.Kernel;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Compile;

namespace Faultline.Bench;

/// <summary>What the search costs by itself: memory of a hundred million states, what a second core brings, a test of four threads.</summary>
internal static class SearchFigures
{
    private const long Many = 100_000_000;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan AtLeast = TimeSpan.FromSeconds(3);
    private const string FourThreads = "bench/four-threads.litmus";

    /// <summary>Mazurkiewicz traces of lock-check-act, beside what the peers' tools were seen to do on the same program in C.</summary>
    public static int Optimal()
    {
        OptimalSearch.Run(new LockCheckActGuarded(3, 1, pteFirst: true)); // compiled, and frame types registered, once per process
        Console.WriteLine("lock-check-act, critical sections as steps, optimal dynamic partial-order reduction, one core");
        Console.WriteLine($"{"threads, rounds",-18}{"traces",12}{"GenMC, Nidhugg",16}{"redundant",11}{"steps",14}{"seconds",9}{"traces/s",12}");
        bool agree = true;
        foreach ((int faulting, int rounds, long known) in new[] { (2, 1, 468L), (3, 1, 52_260L), (2, 2, 493_914L) })
        {
            SearchResult r = OptimalSearch.Run(new LockCheckActGuarded(faulting, rounds, pteFirst: true));
            TraceCounts counts = r.Traces!.Value;
            double seconds = r.Elapsed.TotalSeconds;
            Console.WriteLine(
                $"{$"{faulting}, {rounds}",-18}{counts.Complete,12:N0}{known,16:N0}{counts.SleepSetBlocked,11:N0}{r.Transitions,14:N0}{seconds,9:N3}"
                + $"{counts.Complete / seconds,12:N0}");
            agree &= r.Complete && counts == new TraceCounts(known, 0, 0);
        }

        return agree ? 0 : 1;
    }

    /// <summary>Bytes a visited state, up to a hundred million of them.</summary>
    public static int Memory()
    {
        Console.WriteLine($"three counters of 20 rounds, one core, stopped at so many states; the set's bytes and the process's peak");
        Console.WriteLine($"{"states",14}{"set, bytes",16}{"bytes/state",13}{"peak, MiB",11}{"seconds",9}");
        for (long states = Many / 1000; states <= Many; states *= 10)
        {
            SearchResult result = ExhaustiveSearch.Run(new ThreeCounters(3, 20), limits: new SearchLimits(states));
            long peak = Process.GetCurrentProcess().PeakWorkingSet64 >> 20;
            Console.WriteLine(
                $"{result.States,14:N0}{result.VisitedBytes,16:N0}{(double)result.VisitedBytes / result.States,13:N1}{peak,11:N0}{result.Elapsed.TotalSeconds,9:N1}");
        }

        return 0;
    }

    /// <summary>Two cores against one, in turns, medians.</summary>
    public static int Cores(int repeats)
    {
        Console.WriteLine($"medians, in turns, of at least {repeats} runs of each and {AtLeast.TotalSeconds} s; warm");
        Console.WriteLine($"{"",-34}{"states",12}{"runs",6}{"one core, s",13}{"two cores, s",14}{"",8}");
        Compare("three counters of 10 rounds", repeats, w => ExhaustiveSearch.Run(new ThreeCounters(3, 10), workers: w));
        Compare("lock-check-act (3,3)", repeats, w => ExhaustiveSearch.Run(new LockCheckAct(3, 3), workers: w));
        TestFile file = TestFile.Load("litmus/history/237388320def-waiters-left-asleep.litmus", CompileLimits.Search);
        Compare("237388320def, v6.12, unreduced", repeats, w => Search(file, Reduction.Never, w));
        TestFile four = TestFile.Load(FourThreads, CompileLimits.Search);
        Compare("four threads, v6.12, reduced", repeats, w => Search(four, Reduction.Always, w));
        return 0;
    }

    /// <summary>The test of four threads and three pages, on both filesystems.</summary>
    public static int Four()
    {
        TestFile file = TestFile.Load(FourThreads, CompileLimits.Search);
        Console.WriteLine(string.Join('\n', File.ReadLines(FourThreads)));
        Console.WriteLine($"{"v6.12, all cores",-20}{"states",14}{"transitions",14}{"passes",8}{"in all passes",15}{"seconds",9}{"peak, MiB",11}");
        foreach (FilesystemKind fs in Enum.GetValues<FilesystemKind>())
        {
            var strategy = new Exhaustive { Workers = Environment.ProcessorCount };
            SearchResult r = strategy.Run(MachineOf(file, fs), new Nobody(), SearchLimits.None);
            long peak = Process.GetCurrentProcess().PeakWorkingSet64 >> 20;
            Console.WriteLine(
                $"{fs,-20}{r.States,14:N0}{r.Transitions,14:N0}{r.Passes,8}{r.StatesOfAllPasses ?? r.States,15:N0}{r.Elapsed.TotalSeconds,9:N1}{peak,11:N0}"
                + (r.Complete ? "" : $"  NOT COMPLETE: {r.StoppedBy}"));
        }

        return 0;
    }

    private static SearchResult Search(TestFile file, Reduction reduction, int workers) =>
        new Exhaustive { Reduction = reduction, Workers = workers }.Run(MachineOf(file, FilesystemKind.Ext4), new Nobody(), SearchLimits.None);

    private static Machine MachineOf(TestFile file, FilesystemKind fs) =>
        new(file.Program!, KernelVersions.Find("v6.12")!, fs) { Reference = AtomicReference.Explore(file.Program!, SearchLimits.None) };

    private static void Compare(string name, int repeats, Func<int, SearchResult> search)
    {
        var seconds = new List<double>[] { [], [] };
        var states = new HashSet<long>();
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < WarmUp;)
        {
            search(1);
            search(2); // meanwhile code is compiled again, by a thread that needs a core
        }

        for (var clock = Stopwatch.StartNew(); seconds[0].Count < repeats || clock.Elapsed < AtLeast;)
        {
            for (int workers = 1; workers <= 2; workers++)
            {
                SearchResult result = search(workers);
                seconds[workers - 1].Add(result.Elapsed.TotalSeconds);
                states.Add(result.States);
            }
        }

        double one = seconds[0].Median(), two = seconds[1].Median();
        Console.WriteLine($"{name,-34}{string.Join('/', states.Select(s => s.ToString("N0"))),12}{seconds[0].Count,6}{one,13:N3}{two,14:N3}{one / two,7:N2}x");
    }

    private sealed class Nobody : ISearchObserver
    {
        public void EndState(Faultline.Engine.Execution execution, bool stuck)
        {
        }

        public void Restart()
        {
        }

        public void Progress(SearchProgress progress)
        {
        }
    }
}
