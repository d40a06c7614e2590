using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Faultline.Bench.Spin;

/// <summary>One way to build Spin's verifier.</summary>
/// <param name="Name">Name of its row.</param>
/// <param name="Options">For the C compiler, beside those that all have.</param>
/// <param name="Cores">Cores it keeps busy.</param>
/// <param name="Reduced">False: no partial-order reduction.</param>
internal sealed record SpinSetting(string Name, string[] Options, int Cores = 1, bool Reduced = false)
{
    /// <summary>
    /// Exhaustive settings. Only safety is checked, so that fairness and acceptance cycles cost nothing (-DSAFETY). -DCOLLAPSE
    /// compresses states; -DNOBOUNDCHECK checks no array bounds; -DHC4 keeps hashes, and may lose states without saying so.
    /// </summary>
    public static readonly SpinSetting[] All =
    [
        new("spin -DNOREDUCE", ["-DNOREDUCE"]),
        new("spin -DNOREDUCE -DNOBOUNDCHECK", ["-DNOREDUCE", "-DNOBOUNDCHECK"]),
        new("spin -DNOREDUCE -DCOLLAPSE", ["-DNOREDUCE", "-DCOLLAPSE"]),
        new("spin -DNOREDUCE -DHC4", ["-DNOREDUCE", "-DHC4"]),
        new("spin -DNOREDUCE -DNCORE=2", ["-DNOREDUCE", "-DNCORE=2"], Cores: 2),
        new("spin, reduced", [], Reduced: true),
        new("spin, reduced, -DNOBOUNDCHECK", ["-DNOBOUNDCHECK"], Reduced: true),
    ];
}

/// <summary>What one search did.</summary>
/// <param name="States">Distinct states.</param>
/// <param name="Transitions">Steps taken.</param>
/// <param name="Seconds">By the program's own clock, without start-up.</param>
/// <param name="Bytes">Spin: all its memory. Here: the visited set.</param>
/// <param name="Failed">It found something wrong.</param>
/// <param name="Complete">It visited all it had to.</param>
internal readonly record struct Sample(long States, long Transitions, double Seconds, double Bytes, bool Failed, bool Complete);

/// <summary>Runs Spin in a folder of its own, which goes when this is disposed of.</summary>
internal sealed partial class SpinTool : IDisposable
{
    private const int MegabytesAtMost = 7000;
    private readonly string folder = Directory.CreateTempSubdirectory("faultline-spin-").FullName;
    private int built;
    private readonly PosixSignalRegistration[] signals;
    private readonly Lock gate = new();
    private Process? running;
    private volatile bool ending;

    /// <summary>Makes the folder.</summary>
    public SpinTool() =>
        signals = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, EndEarly), PosixSignalRegistration.Create(PosixSignal.SIGINT, EndEarly)];

    /// <summary>The versions of both tools, in one line.</summary>
    public string Versions => $"{Run("spin", "-V").Trim()}; {Run("gcc", "--version").Split('\n')[0].Trim()}; .NET {Environment.Version}";

    /// <summary>Builds a verifier.</summary>
    /// <returns>Its file.</returns>
    public string Build(Problem problem, SpinSetting setting)
    {
        string model = Path.Combine(AppContext.BaseDirectory, "peers", $"{problem.Promela}.pml");
        Run("spin", [.. problem.Defines, "-a", model]);
        string verifier = Path.Combine(folder, $"pan{built++}");
        Run("gcc", ["-w", "-O3", "-march=native", "-DSAFETY", $"-DMEMLIM={MegabytesAtMost}", .. setting.Options, "-o", verifier, "pan.c"]);
        return verifier;
    }

    /// <summary>Runs a verifier whose hash table has at least <paramref name="states"/> places from the start.</summary>
    public Sample Verify(string verifier, long states)
    {
        int bits = Math.Clamp(64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)states), 12, 30);
        string report = Run(verifier, "-m100000", $"-w{bits}");
        if (report.Contains("max search depth too small", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"pan's depth does not suffice:\n{report}");
        }

        // Spin counts the initial state as a transition.
        return new Sample(
            (long)Find(StoredPattern(), report),
            (long)Find(TransitionsPattern(), report) - 1,
            Math.Max(Find(ElapsedPattern(), report), 0.005), // Spin's clock ticks every 0.01 s
            Find(MemoryPattern(), report) * (1 << 20),
            Find(ErrorsPattern(), report) > 0,
            !report.Contains("Search not completed", StringComparison.Ordinal));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(signals, s => s.Dispose());
        Remove();
    }

    // What it started ends with it, and nothing stays behind; then the signal does what it always does.
    private void EndEarly(PosixSignalContext signal)
    {
        try
        {
            Process? child;
            lock (gate)
            {
                ending = true;
                child = running;
            }

            child?.Kill(entireProcessTree: true);
            child?.WaitForExit();
        }
        catch (Exception gone) when (gone is InvalidOperationException or AggregateException or Win32Exception)
        {
            // It had ended by itself.
        }

        Remove();
    }

    // A process that has just been killed may still hold or make a file.
    private void Remove()
    {
        for (int tries = 0; Directory.Exists(folder); tries++)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException) when (tries < 20)
            {
                Thread.Sleep(50);
            }
        }
    }

    private static double Find(Regex pattern, string report)
    {
        Match match = pattern.Match(report);
        return match.Success
            ? double.Parse(match.Groups[1].Value, NumberStyles.Float, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"pan's report has no match for {pattern}:\n{report}");
    }

    private Process Start(ProcessStartInfo start)
    {
        lock (gate)
        {
            return ending ? throw new OperationCanceledException() : running = Process.Start(start)!;
        }
    }

    private string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Start(start);
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            running = null;
            return process.ExitCode == 0
                ? output
                : throw new InvalidOperationException($"{program} failed with {process.ExitCode}:\n{output}{errors.Result}");
        }
        catch (Exception) when (ending)
        {
            Thread.Sleep(Timeout.Infinite); // until the signal has ended this process
            throw;
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

    [GeneratedRegex(@"^\s*(\S+)\s+(?:total actual )?memory usage", RegexOptions.Multiline)]
    private static partial Regex MemoryPattern();

    [GeneratedRegex(@"elapsed time (\S+) seconds")]
    private static partial Regex ElapsedPattern();

    [GeneratedRegex(@"errors: (\d+)")]
    private static partial Regex ErrorsPattern();
}

/// <summary>A program that a comparison needs is not there.</summary>
internal sealed class MissingToolException(string tool) : Exception
{
    public string Tool { get; } = tool;
}
