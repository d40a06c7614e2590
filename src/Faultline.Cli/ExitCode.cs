namespace Faultline.Cli;

/// <summary>The exit codes of every command.</summary>
internal static class ExitCode
{
    /// <summary>As expected.</summary>
    public const int AsExpected = 0;

    /// <summary>A violation, or a verdict, that was not expected.</summary>
    public const int Unexpected = 1;

    /// <summary>Bad input: the message says where and what was expected.</summary>
    public const int BadInput = 2;

    /// <summary>A bound was met before the search was complete.</summary>
    public const int Incomplete = 3;

    /// <summary>The code of several results together: bad input, then the unexpected, then the incomplete.</summary>
    public static int Worst(IEnumerable<int> codes)
    {
        HashSet<int> seen = [.. codes];
        return seen.Contains(BadInput) ? BadInput
            : seen.Contains(Unexpected) ? Unexpected
            : seen.Contains(Incomplete) ? Incomplete
            : AsExpected;
    }
}
