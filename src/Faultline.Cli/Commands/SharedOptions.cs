using System.CommandLine;

namespace Faultline.Cli.Commands;

/// <summary>Arguments and options that several commands have.</summary>
internal static class SharedOptions
{
    public static Argument<string[]> Tests() => new("TEST")
    {
        Description = "A .litmus file, or a folder of them.",
        Arity = ArgumentArity.OneOrMore,
    };

    public static Option<string[]> Kernel() => new("--kernel", "-k")
    {
        Description = "Kernel versions, separated by commas; 'all'; or 'running' for the nearest to this machine's. Default: the newest modelled.",
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
}
