namespace Faultline.Kernel.Versions;

/// <summary>Something that a program can ask for only since some release: no behaviour to compare, the call itself is new.</summary>
/// <param name="Name">As users know it.</param>
/// <param name="Since">First release.</param>
/// <param name="Commit">The commit that brought it.</param>
public sealed record KernelFeature(string Name, Release Since, string Commit)
{
    /// <summary>mmap(MAP_SHARED_VALIDATE | MAP_SYNC).</summary>
    public static KernelFeature MapSync { get; } = new("MAP_SYNC", new Release(4, 15), "b6fb293f2497");

    /// <summary>Shared extents on a DAX filesystem.</summary>
    public static KernelFeature DaxReflink { get; } = new("reflink with DAX", new Release(6, 0), "6f643c57d57c");

    /// <summary>memory_failure() of a DAX page.</summary>
    public static KernelFeature DaxMemoryFailure { get; } = new("HWPOISON of a DAX page", new Release(4, 19), "6100e34b2526");

    /// <summary>Does the version have it?</summary>
    public bool IsIn(KernelVersion version) => Since <= Release.Parse(version.Name);
}
