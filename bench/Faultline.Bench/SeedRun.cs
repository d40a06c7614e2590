using System.Diagnostics;

namespace Faultline.Bench;

/// <summary>Wall time of the tool on the seed corpus, start-up included, as a user waits for it.</summary>
internal static class SeedRun
{
    private const string Tool = "src/Faultline.Cli/bin/Release/net10.0/faultline.dll";

    private static readonly (string What, string[] Arguments)[] Commands =
    [
        ("the mail's question, one kernel", ["check", "litmus/seed/generic-437.litmus", "--kernel", "v4.12+pfn-warn", "--fs", "ext4"]),
        ("litmus/seed, every kernel, both fs", ["check", "litmus/seed", "--kernel", "all", "--fs", "all"]),
        ("litmus/seed, verdicts only", ["check", "litmus/seed", "--kernel", "all", "--fs", "all", "--brief"]),
        ("cost of 262,144 faults, two kernels", ["cost", "litmus/seed/hole-read-1GiB.litmus"]),
    ];

    /// <summary>Runs each command several times, in turns, and prints the medians.</summary>
    public static int Print(int repeats)
    {
        if (!File.Exists(Tool))
        {
            Console.Error.WriteLine($"{Tool} is not built: dotnet build -c Release, and run this from the repository's root");
            return 2;
        }

        var seconds = Commands.ToDictionary(c => c.What, _ => new List<double>());
        for (int i = 0; i < repeats; i++)
        {
            foreach ((string what, string[] arguments) in Commands)
            {
                seconds[what].Add(Time(arguments));
            }
        }

        Console.WriteLine($"wall time, start-up included, median of {repeats} runs on {Environment.ProcessorCount} cores");
        foreach ((string what, List<double> times) in seconds)
        {
            Console.WriteLine($"{what,-38} {times.Median(),6:F2} s");
        }

        return 0;
    }

    private static double Time(string[] arguments)
    {
        long started = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [Tool, .. arguments]) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? Stopwatch.GetElapsedTime(started).TotalSeconds
            : throw new InvalidOperationException($"faultline {string.Join(' ', arguments)}: exit code {process.ExitCode}");
    }
}
