using System.Globalization;
using System.Text.RegularExpressions;

namespace Faultline.Real.Lab;

/// <summary>Release strings such as <c>6.12.117+deb12-amd64</c>.</summary>
public static partial class KernelRelease
{
    /// <summary>Orders releases: each number as a number.</summary>
    public static string SortKey(string release) =>
        Digits().Replace(release, m => m.Value.PadLeft(8, '0'));

    /// <summary>Does a name such as <c>6.1</c>, <c>v6.12</c> or <c>6.12.117</c> stand for a release? <c>6.1</c> is not <c>6.12</c>.</summary>
    public static bool Matches(string release, string name)
    {
        string wanted = name.TrimStart('v');
        return wanted == "newest" || (release.StartsWith(wanted, StringComparison.Ordinal)
            && (release.Length == wanted.Length || !char.IsAsciiDigit(release[wanted.Length])));
    }

    /// <summary>Its major and minor number, as <c>v6.12</c>; the release itself where it has none.</summary>
    public static string Series(string release) => Numbers().Match(release) is { Success: true } m
        ? string.Create(CultureInfo.InvariantCulture, $"v{m.Groups[1].ValueSpan}.{m.Groups[2].ValueSpan}")
        : release;

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();

    [GeneratedRegex(@"^(\d+)\.(\d+)")]
    private static partial Regex Numbers();
}
