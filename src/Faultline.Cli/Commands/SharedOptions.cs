using System.CommandLine;
using Faultline.Engine.Search;
using Faultline.Real.Histograms;

namespace Faultline.Cli.Commands;

/// <summary>Arguments and options that several commands have.</summary>
internal static class SharedOptions
{
    public static Argument<string[]> Tests() => new("TEST")
    {
        Description = "A .litmus file, or a folder of them.",
        Arity = ArgumentArity.OneOrMore,
    };

    public static Option<string[]> Kernel(string otherwise = "Default: the newest modelled.") => new("--kernel", "-k")
    {
        Description = "Kernel versions, separated by commas; V~COMMIT for one with a fix taken out; 'all'; or 'running' for the nearest to this "
            + $"machine's. {otherwise}",
        HelpName = "V[,V...]",
        AllowMultipleArgumentsPerToken = false,
    };

    public static Option<string[]> Filesystem() => new("--fs", "-f")
    {
        Description = "ext4, xfs, or both separated by a comma. Default: both.",
        HelpName = "FS[,FS]",
    };

    public static Option<long> MaxStates() => new("--max-states")
    {
        Description = "Stop after so many states; the verdict then says that the search was not complete.",
        HelpName = "N",
    };

    public static Option<double> Timeout() => new("--timeout")
    {
        Description = "Stop each search after so many seconds.",
        HelpName = "SECONDS",
    };

    public static Option<int> Jobs() => new("--jobs", "-j")
    {
        Description = "Searches at a time. Default: one for each core.",
        HelpName = "N",
    };

    /// <summary>Bytes that searches may take where nothing else is asked for: three quarters of what there is.</summary>
    public static long DefaultMemory => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3;

    public static Option<double> Seconds(string what) => new("--seconds", "-s")
    {
        Description = $"{what} Default: 10.",
        HelpName = "N",
        DefaultValueFactory = _ => 10,
    };

    public static Option<string> Observe(Watch otherwise)
    {
        string name = otherwise.ToString().ToLowerInvariant();
        var option = new Option<string>("--observe")
        {
            Description = "What is seen at the end of a round: 'named': what the test's condition and locations name; 'all': every register, size and word. "
                + $"Default: {name}.",
            HelpName = "named|all",
            DefaultValueFactory = _ => name,
        };
        return option.AcceptOnlyFromAmong("named", "all");
    }

    /// <summary>What <see cref="Observe"/> was given.</summary>
    public static Watch WatchOf(string? name) => name == "all" ? Watch.All : Watch.Named;

    /// <summary>A number of seconds.</summary>
    /// <exception cref="InputException">It makes no sense.</exception>
    public static double Positive(string option, double number) => number is > 0 and < 1e8
        ? number
        : throw new InputException($"faultline: {option} takes a number above 0");

    /// <summary>How many searches go on at a time.</summary>
    public static int Workers(int jobs) => Math.Clamp(jobs > 0 ? jobs : Environment.ProcessorCount, 1, 64);

    /// <summary>The bounds of each search.</summary>
    /// <exception cref="InputException">A number makes no sense.</exception>
    public static SearchLimits Limits(long states, double seconds, CancellationToken cancellation)
    {
        if (states < 0 || seconds < 0 || double.IsNaN(seconds))
        {
            throw new InputException("faultline: --max-states and --timeout take a number above 0");
        }

        return new SearchLimits(
            states == 0 ? long.MaxValue : states,
            seconds == 0 ? null : TimeSpan.FromSeconds(Math.Min(seconds, 1e8)),
            cancellation);
    }
}
