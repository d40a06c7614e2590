namespace Faultline.Real.Runs;

/// <summary>A test cannot be run on this machine or in this directory. The message says why and what to do.</summary>
/// <param name="message">Why.</param>
public sealed class RunException(string message) : Exception(message);
