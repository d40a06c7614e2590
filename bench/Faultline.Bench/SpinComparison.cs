using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Faultline.Bench;

/// <summary>
/// Three counters by this engine and by Spin, side by side in one run: alternating, so that a noisy machine is noisy for both, and
/// medians. Spin has no reduction either (-DNOREDUCE), so that both visit the same states. With -DHC4 Spin keeps hashes
/// instead of states: faster, smaller, and it does not say what it missed.
/// </summary>
internal static partial class SpinComparison
{
    private const int Rounds = 10;

    private static readonly (string Name, string[] Options)[] Builds =
    [
        ("spin -DSAFETY", ["-O3", "-DSAFETY", "-DNOREDUCE"]),
        ("spin -DSAFETY -DHC4", ["-O3", "-DSAFETY", "-DNOREDUCE", "-DHC4"]),
    ];

    public static int Print(int repeats)
    {
        string folder = Directory.CreateTempSubdirectory("faultline-spin-").FullName;
        try
        {
            string version = Run(folder, "spin", "-V").Trim();
            string compiler = Run(folder, "gcc", "--version").Split('\n')[0].Trim();
            string model = Path.Combine(AppContext.BaseDirectory, "peers", "three-counters.pml");
            Run(folder, "spin", $"-DROUNDS={Rounds}", "-a", model);
            for (int b = 0; b < Builds.Length; b++)
            {
                Run(folder, "gcc", [.. Builds[b].Options, "-DMEMLIM=16000", "-o", $"pan{b}", "pan.c"]);
            }

            Console.WriteLine($"{version}; {compiler}; .NET {Environment.Version}");
            Console.WriteLine($"three counters: {ThreeCountersRun.Threads} threads, {Rounds} rounds, no reduction, one core, {repeats} runs of each");
            return Compare(folder, repeats);
        }
        catch (MissingToolException missing)
        {
            Console.Error.WriteLine($"{missing.Tool} is not installed: this comparison needs spin (6.5 or later) and gcc.");
            Console.Error.WriteLine("On Debian or Ubuntu: apt-get install spin gcc");
            return 2;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Compare(string folder, int repeats)
    {
        var own = new List<Sample>();
        var spins = Builds.Select(_ => new List<Sample>()).ToArray();
        for (int i = 0; i < repeats; i++)
        {
            own.Add(Own());
            for (int b = 0; b < Builds.Length; b++)
            {
                // -w25: a hash table of 2^25 places from the start, twice what is needed.
                string report = Run(folder, Path.Combine(folder, $"pan{b}"), "-m10000", "-w25");
                spins[b].Add(Read(report));
            }
        }

        Console.WriteLine();
        Console.WriteLine($"{"median of each",-22}{"states",12}{"transitions",13}{"seconds",9}{"states/s",12}{"transitions/s",15}{"bytes/state",13}");
        Sample mine = Median(own);
        PrintRow("faultline", mine);
        var theirs = spins.Select(Median).ToArray();
        for (int b = 0; b < Builds.Length; b++)
        {
            PrintRow(Builds[b].Name, theirs[b]);
        }

        Console.WriteLine();
        Console.WriteLine($"{"faultline against",-22}{"states/s",12}{"transitions/s",15}{"bytes/state",13}");
        for (int b = 0; b < Builds.Length; b++)
        {
            Console.WriteLine(
                $"{Builds[b].Name,-22}{mine.StatesPerSecond / theirs[b].StatesPerSecond,11:N2}x"
                + $"{mine.TransitionsPerSecond / theirs[b].TransitionsPerSecond,14:N2}x{mine.BytesPerState / theirs[b].BytesPerState,12:N2}x");
        }

        Console.WriteLine();
        for (int b = 0; b < Builds.Length; b++)
        {
            long missed = mine.States - theirs[b].States;
            Console.WriteLine(missed == 0
                ? $"{Builds[b].Name} visited the same number of states."
                : $"{Builds[b].Name} visited {missed:N0} states fewer ({(double)missed / mine.States:P1}).");
        }

        // Only the exact build must agree.
        return mine.States == theirs[0].States ? 0 : 1;
    }

    private static Sample Own()
    {
        ThreeCountersRun run = ThreeCountersRun.Measure(Rounds);
        return new Sample(run.Result.States, run.Result.Transitions, run.Seconds, run.BytesPerState);
    }

    // Spin's own clock and counts; its memory is states and hash table together.
    private static Sample Read(string report)
    {
        double states = Find(StoredPattern(), report);
        double megabytes = Find(MemoryPattern(), report);
        return new Sample(
            (long)states, (long)Find(TransitionsPattern(), report), Find(ElapsedPattern(), report), megabytes * (1 << 20) / states);
    }

    private static double Find(Regex pattern, string report)
    {
        Match match = pattern.Match(report);
        return match.Success
            ? double.Parse(match.Groups[1].Value, NumberStyles.Float, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"pan's report has no match for {pattern}:\n{report}");
    }

    private static Sample Median(List<Sample> samples) => samples.OrderBy(s => s.Seconds).ElementAt(samples.Count / 2);

    private static void PrintRow(string name, Sample s) => Console.WriteLine(
        $"{name,-22}{s.States,12:N0}{s.Transitions,13:N0}{s.Seconds,9:N2}{s.StatesPerSecond,12:N0}{s.TransitionsPerSecond,15:N0}{s.BytesPerState,13:N1}");

    private static string Run(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0
                ? output
                : throw new InvalidOperationException($"{program} failed with {process.ExitCode}:\n{output}{errors.Result}");
        }
        catch (Win32Exception)
        {
            throw new MissingToolException(program);
        }
    }

    [GeneratedRegex(@"^\s*(\S+) states, stored", RegexOptions.Multiline)]
    private static partial Regex StoredPattern();

    [GeneratedRegex(@"^\s*(\S+) transitions", RegexOptions.Multiline)]
    private static partial Regex TransitionsPattern();

    [GeneratedRegex(@"^\s*(\S+)\s+total actual memory usage", RegexOptions.Multiline)]
    private static partial Regex MemoryPattern();

    [GeneratedRegex(@"elapsed time (\S+) seconds")]
    private static partial Regex ElapsedPattern();

    private readonly record struct Sample(long States, long Transitions, double Seconds, double BytesPerState)
    {
        public double StatesPerSecond => States / Seconds;

        public double TransitionsPerSecond => Transitions / Seconds;
    }

    private sealed class MissingToolException(string tool) : Exception
    {
        public string Tool { get; } = tool;
    }
}
