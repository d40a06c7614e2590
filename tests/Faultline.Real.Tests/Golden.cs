using System.Runtime.CompilerServices;

namespace Faultline.Real.Tests;

/// <summary>
/// Texts to the letter. After a change that is meant, run with FAULTLINE_UPDATE_GOLDEN=1, read the difference, and run again.
/// </summary>
internal static class Golden
{
    public static void Same(string name, string text, [CallerFilePath] string here = "")
    {
        string path = Path.Combine(Path.GetDirectoryName(here)!, "..", "Golden", name);
        if (Environment.GetEnvironmentVariable("FAULTLINE_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, text);
            return;
        }

        Assert.Equal(File.ReadAllText(path), text);
    }
}
