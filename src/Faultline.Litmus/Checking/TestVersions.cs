using Faultline.Kernel.Versions;

namespace Faultline.Litmus.Checking;

/// <summary>Which versions a test is run on when it is run on all.</summary>
public static class TestVersions
{
    /// <summary>
    /// Versions with a fix taken out (<c>VERSION~COMMIT</c>) that the test's <c>.expected</c> file names: the bad side of bugs that are
    /// older than the oldest version.
    /// </summary>
    public static IReadOnlyList<KernelVersion> WithFixTakenOut(TestFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return
        [
            .. (file.Expected?.Entries ?? []).Select(e => e.Kernel).Where(IsWithout).Distinct()
                .Select(name => KernelVersions.Find(name) ?? throw new ArgumentException($"unknown kernel '{name}'", nameof(file))),
        ];
    }

    /// <summary>Is it a version with a fix taken out?</summary>
    public static bool IsWithout(string kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        return kernel.Contains('~', StringComparison.Ordinal);
    }

    /// <summary>Is it a release as it was, without experiment and with all its fixes?</summary>
    public static bool IsRelease(string kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        return !IsWithout(kernel) && !kernel.Contains('+', StringComparison.Ordinal);
    }
}
