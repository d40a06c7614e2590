using System.Globalization;
using System.Text.RegularExpressions;
using Faultline.Kernel.Versions;

namespace Faultline.Real;

/// <summary>The kernel of this machine, and the modelled version that stands for it.</summary>
public static partial class RunningKernel
{
    /// <summary>The release string of the running kernel (<c>uname -r</c>); "unknown" where there is none.</summary>
    public static string Release()
    {
        const string file = "/proc/sys/kernel/osrelease";
        return File.Exists(file) ? File.ReadAllText(file).Trim() : "unknown";
    }

    /// <summary>The newest modelled release that is not newer than this one.</summary>
    /// <param name="release">A release string such as <c>6.12.3-amd64</c>.</param>
    /// <param name="versions">Modelled versions; those with a patch applied (<c>v4.12+...</c>) do not count.</param>
    /// <returns>Null when the release is older than all of them, or not a release string.</returns>
    public static KernelVersion? Nearest(string release, IEnumerable<KernelVersion> versions)
    {
        (int, int)? running = MajorMinor(release);
        return versions
            .Where(v => !v.Name.Contains('+', StringComparison.Ordinal) && MajorMinor(v.Name) is { } m && running is { } r && m.CompareTo(r) <= 0)
            .MaxBy(v => MajorMinor(v.Name));
    }

    private static (int, int)? MajorMinor(string text)
    {
        Match match = Number().Match(text);
        return match.Success
            ? (int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture))
            : null;
    }

    [GeneratedRegex(@"^v?(\d{1,3})\.(\d{1,3})")]
    private static partial Regex Number();
}
