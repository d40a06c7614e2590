using System.Globalization;

namespace Faultline.Kernel.Versions;

/// <summary>A mainline release: v4.12, v6.1. Ordered as released.</summary>
/// <param name="Major">Major number.</param>
/// <param name="Minor">Minor number.</param>
public readonly record struct Release(int Major, int Minor) : IComparable<Release>
{
    /// <summary>Reads <c>v4.12</c>, and the release at the start of <c>v4.12+pfn-warn</c>.</summary>
    public static Release Parse(string name)
    {
        string[] parts = name.TrimStart('v').Split('+', '~')[0].Split('.');
        return new Release(int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public int CompareTo(Release other) => (Major, Minor).CompareTo((other.Major, other.Minor));

    /// <summary>Is this one no newer than the other?</summary>
    public static bool operator <=(Release left, Release right) => left.CompareTo(right) <= 0;

    /// <summary>Is this one no older than the other?</summary>
    public static bool operator >=(Release left, Release right) => left.CompareTo(right) >= 0;

    /// <summary>Is this one older?</summary>
    public static bool operator <(Release left, Release right) => left.CompareTo(right) < 0;

    /// <summary>Is this one newer?</summary>
    public static bool operator >(Release left, Release right) => left.CompareTo(right) > 0;

    /// <inheritdoc/>
    public override string ToString() => $"v{Major}.{Minor}";
}
