using System.Diagnostics;
using System.Globalization;
using Faultline.Engine;
using Faultline.Engine.Search;
using Faultline.Engine.Tests;

namespace Faultline.Bench.Coyote;

/// <summary>
/// Lock, check, drop, act at random: the model of this engine, and the same program with tasks and a monitor under Microsoft
/// Coyote, in turns. Each side by its own clock, without start-up and without Coyote's reports.
/// </summary>
internal static class CoyoteComparison
{
    private const string Folder = "bench/Coyote";
    private const string Program = "bin/Release/net10.0/Faultline.Bench.Coyote.dll";
    private const int Faulting = 3;
    private const int Rounds = 2;
    private const int OwnSchedules = 1_000_000;
    private const int PeerSchedules = 1_000;
    private const int Finds = 20; // the bug is looked for that many times with each seed

    private static readonly string[] PeerStrategies = ["random", "prioritization"];

    /// <summary>Builds and rewrites the program, measures both sides and prints the ratios.</summary>
    public static int Print(int repeats)
    {
        if (!Directory.Exists(Folder))
        {
            Console.Error.WriteLine($"{Folder} is not here: run this from the repository's root");
            return 2;
        }

        try
        {
            Dotnet("build", "-c", "Release", "--nologo", "-v", "quiet");
            Dotnet("tool", "restore");
            Dotnet("coyote", "rewrite", Program, "--rewrite-memory-locations", "false");
        }
        catch (InvalidOperationException failed)
        {
            Console.Error.WriteLine(failed.Message);
            Console.Error.WriteLine("The comparison needs the packages Microsoft.Coyote.Test and Microsoft.Coyote.CLI 1.7.11.");
            return 2;
        }

        Row own = new("faultline, random");
        Row[] peers = [.. PeerStrategies.Select(s => new Row($"coyote, {s}"))];
        for (int seed = 1; seed <= repeats; seed++)
        {
            own.Speed.Add(Own(seed, untilFound: false));
            own.Found.Add(Own(seed, untilFound: true));
            for (int p = 0; p < peers.Length; p++)
            {
                peers[p].Speed.Add(Peer(PeerStrategies[p], seed, PeerSchedules));
                peers[p].Found.Add(Peer(PeerStrategies[p], seed, -Finds));
            }
        }

        Report(own, peers, repeats);
        return own.Found.Concat(peers.SelectMany(p => p.Found)).All(f => f.Found == Finds) ? 0 : 1;
    }

    private static void Report(Row own, Row[] peers, int repeats)
    {
        SearchResult all = ExhaustiveSearch.Run(Model());
        Console.WriteLine($"Microsoft Coyote 1.7.11; .NET {Environment.Version}");
        Console.WriteLine($"lock-check-act, {Faulting} faulting threads, {Rounds} rounds; medians of {repeats} runs in turns, each {Finds} times to the bug");
        Console.WriteLine($"{"",-24}{"schedules/s",12}{"faultline is",14}{"  to the bug: schedules",24}{"seconds",11}{"faultline is",14}");
        foreach (Row row in peers.Prepend(own))
        {
            bool mine = row == own;
            Console.WriteLine(
                $"{row.Name,-24}{row.SchedulesPerSecond,12:N0}{(mine ? "" : $"{own.SchedulesPerSecond / row.SchedulesPerSecond,12:N0} x"),14}"
                + $"{row.SchedulesToBug,24:N1}{row.SecondsToBug,11:F6}{(mine ? "" : $"{row.SecondsToBug / own.SecondsToBug,12:N0} x"),14}");
        }

        Console.WriteLine($"faultline, every schedule: {all.States:N0} states in {all.Elapsed.TotalSeconds:F3} s");
    }

    private static LockCheckActGuarded Model() => new(Faulting, Rounds);

    private static Outcome Own(int seed, bool untilFound)
    {
        LockCheckActGuarded model = Model();
        long started = Stopwatch.GetTimestamp();
        long run = 0, found = 0;
        for (int i = 0; i < (untilFound ? Finds : 1); i++)
        {
            using var seen = new CancellationTokenSource();
            var observer = new StopsAtBug(seen);
            SearchResult result = new RandomWalk(((ulong)seed << 32) + (ulong)i, OwnSchedules).Run(
                model, untilFound ? observer : null, new SearchLimits(Cancellation: seen.Token));
            run += ((SampleCoverage)result.Coverage!).Schedules;
            found += seen.IsCancellationRequested ? 1 : 0;
        }

        return new Outcome(run, Stopwatch.GetElapsedTime(started).TotalSeconds, found);
    }

    private static Outcome Peer(string strategy, int seed, int schedules)
    {
        string[] parts = Dotnet(Program, $"{Faulting}", $"{Rounds}", $"{schedules}", $"{seed}", strategy).Trim().Split(' ');
        return new Outcome(
            long.Parse(parts[0], CultureInfo.InvariantCulture),
            double.Parse(parts[1], CultureInfo.InvariantCulture),
            long.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    private static string Dotnet(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_ROLL_FORWARD"] = "Major"; // the rewriting tool is for .NET 8
        start.Environment["COYOTE_CLI_TELEMETRY_OPTOUT"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"dotnet {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{output}{errors.Result}");
    }

    private sealed class StopsAtBug(CancellationTokenSource seen) : ISearchObserver
    {
        public void EndState(Execution execution, bool stuck)
        {
            if (LockCheckActGuarded.EndsBadly(execution))
            {
                seen.Cancel();
            }
        }

        public void Progress(SearchProgress progress)
        {
        }
    }

    private readonly record struct Outcome(long Schedules, double Seconds, long Found);

    private sealed record Row(string Name)
    {
        public List<Outcome> Speed { get; } = [];

        public List<Outcome> Found { get; } = [];

        public double SchedulesPerSecond => Speed.Select(o => o.Schedules / o.Seconds).Median();

        public double SchedulesToBug => Found.Select(o => (double)o.Schedules / Finds).Median();

        public double SecondsToBug => Found.Select(o => o.Seconds / Finds).Median();
    }
}
